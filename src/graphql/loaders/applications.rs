//! Loaders of applications: themselves, what happened to them, and their files.

use std::{collections::HashMap, sync::Arc};

use dataloader::BatchFn;
use entities::{application, application_step, attachment, types::ApplicationId};
use uuid::Uuid;

use super::{Batch, Loaded, Loaders, Loading, answer};
use crate::{attachments, reviews};

/// The steps of an application, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepsOf(pub ApplicationId);

/// The files of an application, as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FilesOf(pub ApplicationId);

impl Loaders {
    /// An application in scope.
    pub fn application(&self, id: ApplicationId) -> Loading<'_, Option<Arc<application::Model>>> {
        Box::pin(self.load(&self.applications, id))
    }

    /// The steps of an application that the viewer was shown.
    pub fn application_steps(&self, id: ApplicationId) -> Loading<'_, Vec<Arc<application_step::Model>>> {
        Box::pin(async move { Ok(self.load(&self.steps, StepsOf(id)).await?.unwrap_or_default()) })
    }

    /// The files of an application that the viewer was shown.
    pub fn application_files(&self, id: ApplicationId) -> Loading<'_, Arc<Vec<attachment::Model>>> {
        Box::pin(async move { Ok(self.load(&self.application_files, FilesOf(id)).await?.unwrap_or_default()) })
    }
}

impl BatchFn<ApplicationId, Loaded<Arc<application::Model>>> for Batch {
    async fn load(&mut self, keys: &[ApplicationId]) -> HashMap<ApplicationId, Loaded<Arc<application::Model>>> {
        answer(keys, reviews::queries::by_id(self.store.reader(), &self.viewer, keys).await)
    }
}

impl BatchFn<StepsOf, Loaded<Vec<Arc<application_step::Model>>>> for Batch {
    async fn load(&mut self, keys: &[StepsOf]) -> HashMap<StepsOf, Loaded<Vec<Arc<application_step::Model>>>> {
        let ids: Vec<ApplicationId> = keys.iter().map(|key| key.0).collect();
        let found = reviews::queries::steps(self.store.reader(), &ids).await;
        answer(keys, found.map(|steps| steps.into_iter().map(|(id, steps)| (StepsOf(id), steps)).collect()))
    }
}

impl BatchFn<FilesOf, Loaded<Arc<Vec<attachment::Model>>>> for Batch {
    async fn load(&mut self, keys: &[FilesOf]) -> HashMap<FilesOf, Loaded<Arc<Vec<attachment::Model>>>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.uuid()).collect();
        let found = attachments::queries::of_applications(self.store.reader(), &ids).await;
        let by_key = |(id, rows)| (FilesOf(ApplicationId::from_uuid(id)), Arc::new(rows));
        answer(keys, found.map(|files| files.into_iter().map(by_key).collect()))
    }
}
